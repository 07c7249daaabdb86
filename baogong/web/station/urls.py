from django.urls import path

from baogong.web.station import board, carts, couriers, goods, papers

app_name = "station"

urlpatterns = [
    path("", board.home, name="home"),
    path("<uuid:station>/", board.board, name="board"),
    path("<uuid:station>/receive/", goods.receive, name="receive"),
    path("<uuid:station>/returns/", goods.returns, name="returns"),
    path("<uuid:station>/disinfection/", goods.disinfection, name="disinfection"),
    path("<uuid:station>/parcel/", goods.parcel, name="parcel"),
    path("<uuid:station>/carts/", carts.carts, name="carts"),
    path("<uuid:station>/carts/<uuid:shuttle>/", carts.cart, name="cart"),
    path("<uuid:station>/couriers/", couriers.couriers, name="couriers"),
    path("<uuid:station>/buildings/<uuid:community>/", board.buildings, name="buildings"),
    path("<uuid:station>/paper/round/<uuid:round_id>/", papers.run_sheet, name="run_sheet"),
    path("<uuid:station>/paper/buildings/<uuid:community>/", papers.building_list, name="building_list"),
    path("<uuid:station>/paper/calls/<uuid:community>/", papers.call_list, name="call_list"),
    path("<uuid:station>/paper/labels/", papers.labels, name="labels"),
]
