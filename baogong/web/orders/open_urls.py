from django.urls import path

from baogong.web.orders import own

app_name = "baskets"
urlpatterns = [path("<str:token>/", own.own, name="own")]
