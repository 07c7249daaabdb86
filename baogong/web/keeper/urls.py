from django.urls import path

from baogong.web.keeper.views import board, crew, equipment, gifts, goods, packing, scales, scan, surpluses, waybills
from baogong.web.paper import views as paper

app_name = "keeper"

urlpatterns = [
    path("", board.home, name="home"),
    path("surpluses/", surpluses.surpluses, name="surpluses"),
    path("load/<uuid:waybill>/", waybills.load, name="load"),
    path("receive/<uuid:waybill>/", waybills.receive, name="receive"),
    path("paper/<str:number>/", paper.waybill, name="waybill"),
    path("paper/<str:number>/packing/", paper.packing, name="packing_list"),
    path("paper/<str:number>/note/", paper.note, name="note"),
    path("<uuid:site>/", board.site, name="site"),
    path("<uuid:site>/goods/", goods.goods, name="goods"),
    path("<uuid:site>/card/<uuid:item>/", paper.card, name="card"),
    path("paper/gift/<uuid:gift>/", paper.certificate, name="certificate"),
    path("<uuid:site>/scan/", scan.scan, name="scan"),
    path("<uuid:site>/count/", goods.count, name="count"),
    path("<uuid:site>/gifts/", gifts.gifts, name="gifts"),
    path("<uuid:site>/gifts/<uuid:gift>/", gifts.gift, name="gift"),
    path("<uuid:site>/packing/", packing.packing, name="packing"),
    path("<uuid:site>/packing/<uuid:run>/", packing.packing_run, name="packing_run"),
    path("<uuid:site>/scales/", scales.scales, name="scales"),
    path("<uuid:site>/loans/", scales.loans, name="loans"),
    path("<uuid:site>/volunteers/", crew.volunteers, name="volunteers"),
    path("<uuid:site>/equipment/", equipment.equipment, name="equipment"),
]
