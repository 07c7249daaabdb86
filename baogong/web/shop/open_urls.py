from django.urls import path

from baogong.web.shop import public

app_name = "shops"
urlpatterns = [
    path("", public.approved, name="approved"),
    path("approved.xlsx", public.approved_xlsx, name="approved_xlsx"),
    path("approved/message/", public.approved_chat, name="approved_chat"),
    path("find/", public.find, name="find"),
    path("order/<str:token>/", public.order, name="order"),
    path("<slug:code>/", public.page_of_shop, name="page"),
    path("<slug:code>/<uuid:of>.jpg", public.photo, name="photo"),
]
