from django.urls import path

from baogong.web.crew.views import calls, gate, joining, keep, person, plan, roll, rules

app_name = "crew"
urlpatterns = [
    path("", calls.home, name="home"),
    path("join/<str:token>/", joining.join, name="join"),
    path("me/<str:token>/", joining.own, name="own"),
    path("calls/<uuid:call>/", calls.call, name="call"),
    path("calls/<uuid:call>/muster/", calls.muster, name="muster"),
    path("<uuid:place>/", plan.tonight, name="tonight"),
    path("<uuid:place>/assign/", plan.assign, name="assign"),
    path("<uuid:place>/couriers/", plan.couriers, name="couriers"),
    path("<uuid:place>/stand-in/<uuid:assignment>/", plan.stand_in, name="stand_in"),
    path("<uuid:place>/gate/", gate.gate, name="gate"),
    path("<uuid:place>/roll/", roll.roll, name="roll"),
    path("<uuid:place>/keep/", keep.keep, name="keep"),
    path("<uuid:place>/kit/", keep.kit, name="kit"),
    path("<uuid:place>/rules/", rules.rules, name="rules"),
    path("<uuid:place>/people/<uuid:person>/", person.person, name="person"),
]
