from django.urls import path

from baogong.web.stories import gallery, theatre

app_name = "stories"

urlpatterns = [
    path("", gallery.gallery, name="gallery"),
    path("theatre/", theatre.theatre, name="theatre"),
    path("theatre/frames.json", theatre.frames, name="frames"),
]
