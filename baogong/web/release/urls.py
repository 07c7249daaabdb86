from django.urls import path

from baogong.web.release import (
    brought,
    clusters,
    desk,
    draws,
    office,
    pickup,
    rewording,
    settlement,
    shop,
    winners,
)

app_name = "release"
urlpatterns = [
    path("", office.start, name="start"),
    path("office/", office.office, name="office"),
    path("office/<uuid:release>/", office.release, name="release"),
    path("office/<uuid:release>/rule/", rewording.reword, name="reword"),
    path("office/<uuid:release>/counter/", office.counter, name="counter"),
    path("office/<uuid:release>/winners/", winners.winners, name="winners"),
    path("office/<uuid:release>/clusters/", clusters.clusters, name="clusters"),
    path("office/<uuid:release>/settlement/", settlement.settlement, name="settlement"),
    path("office/<uuid:release>/settlement.csv", settlement.settlement_file, name="settlement_file"),
    path("office/tranches/<uuid:tranche>/draw/", draws.announce, name="announce"),
    path("office/draws/<uuid:draw>/", draws.draw, name="draw"),
    path("office/drill-key/", draws.drill_key, name="drill_key"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<uuid:tranche>/", desk.offer, name="offer"),
    path("desk/<uuid:tranche>/step/<int:step>/", desk.step, name="step"),
    path("desk/<uuid:tranche>/claim/", desk.claim, name="claim"),
    path("desk/<uuid:tranche>/enter/", desk.enter, name="enter"),
    path("desk/entries/<uuid:entry>/", desk.entry, name="entry"),
    path("desk/entries/<uuid:entry>/receipt/", desk.receipt, name="receipt"),
    path("desk/claims/<uuid:claim>/", desk.answer, name="answer"),
    path("desk/claims/<uuid:claim>/slip/", desk.slip, name="slip"),
    path("brought/", brought.brought, name="brought"),
    path("shop/", shop.shop, name="shop"),
    path("shop/<uuid:tranche>/", shop.orders, name="orders"),
    path("pickup/", pickup.pickup, name="pickup"),
    path("pickup/<uuid:claim>/", pickup.hand_over, name="hand_over"),
]
