from django.urls import path

from baogong.web.clerk import calls, views

app_name = "clerk"
urlpatterns = [
    path("", views.drop, name="drop"),
    path("choose/", views.choose, name="choose"),
    path("run/<uuid:run>/", views.run, name="run"),
    path("run/<uuid:run>/apply/", views.apply, name="apply"),
    path("run/<uuid:run>/left-out.csv", views.left_out, name="left_out"),
    path("calls/", calls.calls, name="calls"),
    path("calls/next/", calls.next_call, name="next_call"),
    path("calls/<uuid:receiver>/", calls.call, name="call"),
    path("waiting/", views.waiting, name="waiting"),
    path("waiting/<uuid:line>/", views.settle, name="settle"),
    path("waiting/<uuid:line>/place/", views.new_place, name="new_place"),
    path("template/<str:kind>.csv", views.template, name="template"),
]
