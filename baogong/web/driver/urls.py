from django.urls import path

from baogong.web.driver import views

app_name = "driver"

urlpatterns = [
    path("", views.home, name="home"),
    path("<uuid:waybill>/", views.trip, name="trip"),
    path("<uuid:waybill>/gate/", views.gate, name="gate"),
    path("<uuid:waybill>/loss/", views.loss, name="loss"),
    path("<uuid:waybill>/hand-over/", views.hand_over, name="hand_over"),
]
