from django.urls import path

from baogong.web.donor import views

app_name = "donor"
urlpatterns = [
    path("<str:token>/", views.page_of_giver, name="page"),
    path("<str:token>/money/", views.money, name="money"),
    path("<str:token>/ask/", views.ask, name="ask"),
    path("<str:token>/card.svg", views.card, name="card"),
]
