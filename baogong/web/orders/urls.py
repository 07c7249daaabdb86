from django.urls import path

from baogong.web.orders import baskets, chains, demand, lists

app_name = "orders"
urlpatterns = [
    path("", demand.day, name="day"),
    path("day.xlsx", demand.day_xlsx, name="day_xlsx"),
    path("day/chat/<str:what>/", demand.day_chat, name="day_chat"),
    path("trucks.xlsx", demand.trucks_xlsx, name="trucks_xlsx"),
    path("trucks/chat/", demand.trucks_chat, name="trucks_chat"),
    path("new/", baskets.draft, name="draft"),
    path("trucks/", demand.trucks, name="trucks"),
    path("stations/", demand.stations, name="stations"),
    path("stations.xlsx", demand.stations_xlsx, name="stations_xlsx"),
    path("stations/chat/", demand.stations_chat, name="stations_chat"),
    path("<uuid:basket>/", baskets.basket, name="basket"),
    path("<uuid:basket>/chain/", chains.chain, name="chain"),
    path("<uuid:basket>/queue/", chains.queue, name="queue"),
    path("<uuid:basket>/text/<int:number>/", chains.text, name="text"),
    path("<uuid:basket>/arrival/", baskets.arrival, name="arrival"),
    path("<uuid:basket>/households/", lists.households, name="households"),
    path("<uuid:basket>/answers/", lists.answers, name="answers"),
    path("<uuid:basket>/print/", lists.sheet, name="sheet"),
    path("<uuid:basket>/chat/<str:what>/", lists.chat, name="chat"),
    path("<uuid:basket>/<str:what>.xlsx", lists.xlsx, name="xlsx"),
]
