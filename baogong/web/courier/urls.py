from django.urls import path

from baogong.web.courier import house, views

app_name = "courier"

urlpatterns = [
    path("", views.home, name="home"),
    path("sw.js", views.worker, name="worker"),
    path("pair/", house.pair, name="pair"),
    path("sheet/", house.sheet, name="sheet"),
    path("acts/", house.acts, name="acts"),
    path("help/", house.help_, name="help"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
]
