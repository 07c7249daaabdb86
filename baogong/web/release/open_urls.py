from django.urls import path

from baogong.web.release import lots
from baogong.web.release import open as views

app_name = "offers"
urlpatterns = [
    path("", views.home, name="home"),
    path("mine/", views.mine, name="mine"),
    path("mine/<uuid:claim>/", views.answer, name="answer"),
    path("mine/<uuid:claim>/slip/", views.slip, name="slip"),
    path("forget/", views.forget, name="forget"),
    path("entries/<uuid:entry>/", views.entry, name="entry"),
    path("entries/<uuid:entry>/receipt/", views.receipt, name="receipt"),
    path("draws/<uuid:draw>/", lots.draw, name="draw"),
    path("draws/<uuid:draw>/stage/", lots.stage, name="stage"),
    path("draws/<uuid:draw>/check/", lots.check, name="check"),
    path("draws/<uuid:draw>/drawn.csv", lots.drawn, name="drawn"),
    path("draws/<uuid:draw>/proofs/<uuid:entry>.json", lots.proof, name="proof"),
    path("draws/<uuid:draw>/files/<str:name>", lots.file, name="draw_file"),
    path("<uuid:tranche>/", views.offer, name="offer"),
    path("<uuid:tranche>/step/<int:step>/", views.step, name="step"),
    path("<uuid:tranche>/claim/", views.claim, name="claim"),
    path("<uuid:tranche>/enter/", views.enter, name="enter"),
    path("<uuid:tranche>/right/", views.right, name="right"),
]
