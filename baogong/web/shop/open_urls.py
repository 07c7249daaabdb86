from django.urls import path

from baogong.web.shop import public

app_name = "shops"
urlpatterns = [
    path("", public.approved, name="approved"),
    path("find/", public.find, name="find"),
    path("order/<str:token>/", public.order, name="order"),
    path("<slug:code>/", public.page_of_shop, name="page"),
    path("<slug:code>/<uuid:of>.jpg", public.photo, name="photo"),
]
