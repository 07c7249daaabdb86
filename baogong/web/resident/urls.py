from django.urls import path

from baogong.web.resident import views

app_name = "resident"
urlpatterns = [path("<str:token>/", views.parcels, name="parcels")]
