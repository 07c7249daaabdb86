from django.urls import path

from baogong.web.station import board, carts, counter, couriers, goods, lists, papers, rounds, trips

app_name = "station"

urlpatterns = [
    path("", board.home, name="home"),
    path("rounds/", rounds.rounds_home, name="rounds_home"),
    path("rounds/compare/", rounds.compare_rounds, name="compare_rounds"),
    path("rounds/<uuid:plan>/", rounds.rounds_plan, name="rounds_plan"),
    path("rounds/<uuid:plan>/map/<uuid:community>/", rounds.rounds_map, name="rounds_map"),
    path("<uuid:station>/", board.board, name="board"),
    path("<uuid:station>/receive/", goods.receive, name="receive"),
    path("<uuid:station>/returns/", goods.returns, name="returns"),
    path("<uuid:station>/counter/", counter.counter, name="counter"),
    path("<uuid:station>/sealed/", counter.sealed, name="sealed"),
    path("<uuid:station>/disinfection/", goods.disinfection, name="disinfection"),
    path("<uuid:station>/parcel/", goods.parcel, name="parcel"),
    path("<uuid:station>/parcel/<str:code>/<uuid:evidence>/", goods.photo, name="photo"),
    path("<uuid:station>/kept/<uuid:act>/<int:number>/", goods.kept_photo, name="kept_photo"),
    path("<uuid:station>/carts/", carts.carts, name="carts"),
    path("<uuid:station>/carts/<uuid:shuttle>/", carts.cart, name="cart"),
    path("<uuid:station>/rounds/", rounds.rounds, name="rounds"),
    path("<uuid:station>/rounds/plan/", rounds.plan_rounds, name="plan_rounds"),
    path("<uuid:station>/trips/", trips.trips, name="trips"),
    path("<uuid:station>/couriers/", couriers.couriers, name="couriers"),
    path("<uuid:station>/buildings/<uuid:community>/", board.buildings, name="buildings"),
    path("<uuid:station>/paper/round/<uuid:round_id>/", papers.run_sheet, name="run_sheet"),
    path("<uuid:station>/paper/buildings/<uuid:community>/", papers.building_list, name="building_list"),
    path("<uuid:station>/paper/calls/<uuid:community>/", papers.call_list, name="call_list"),
    path("<uuid:station>/list/<slug:what>/<uuid:of>.xlsx", lists.list_xlsx, name="list_xlsx"),
    path("<uuid:station>/list/<slug:what>/<uuid:of>/message/", lists.list_chat, name="list_chat"),
    path("<uuid:station>/paper/labels/", papers.labels, name="labels"),
]
