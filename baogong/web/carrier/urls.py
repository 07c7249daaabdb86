from django.urls import path

from baogong.web.carrier import fleet, offers

app_name = "carrier"

urlpatterns = [
    path("", fleet.home, name="home"),
    path("asks/<uuid:ask>/", offers.ask, name="ask"),
    path("trips/<uuid:trip>/", fleet.trip, name="trip"),
    path("vehicles/", fleet.vehicles, name="vehicles"),
    path("offer/<str:token>/", offers.offer, name="offer"),
]
