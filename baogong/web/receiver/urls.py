from django.urls import path

from baogong.web.receiver import thanks, views

app_name = "receiver"
urlpatterns = [
    path("thanks/<str:token>/", thanks.thanks, name="thanks"),
    path("needs/<str:token>/", views.still_needed, name="still_needed"),
]
