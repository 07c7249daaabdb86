from django.urls import path

from baogong.web.courier import house, views

app_name = "courier"

urlpatterns = [
    path("", views.home, name="home"),
    path("sw.js", views.worker, name="worker"),
    path("pair/", house.pair, name="pair"),
    path("sheet/", house.sheet, name="sheet"),
    path("acts/", house.acts, name="acts"),
    path("nearest/", house.nearest, name="nearest"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
]
