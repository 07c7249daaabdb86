from django.urls import path

from baogong.web.tower import alerts, board, bulletins, rehearsals

app_name = "tower"

urlpatterns = [
    path("", board.board, name="board"),
    path("late/", board.late, name="late"),
    path("promises/", board.promises, name="promises"),
    path("goods/", board.goods, name="goods"),
    path("load/", board.load, name="load"),
    path("map/", board.roads, name="map"),
    path("ground/", board.ground, name="ground"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:alert>/", alerts.alert, name="alert"),
    path("watch/", alerts.watch, name="watch"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/<uuid:bulletin>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<uuid:bulletin>/figures/<int:number>/", bulletins.figure, name="figure"),
    path("bulletins/<uuid:bulletin>.xlsx", bulletins.bulletin_file, name="bulletin_file"),
    path("rehearsals/", rehearsals.rehearsals, name="rehearsals"),
    path("rehearsals/<uuid:rehearsal>/", rehearsals.rehearsal, name="rehearsal"),
]
