"""The site's addresses, one include per person."""

from django.urls import include, path

urlpatterns = [
    path("", include("baogong.web.account.urls")),
    path("command/", include("baogong.web.command.urls")),
    path("tower/", include("baogong.web.tower.urls")),
    path("stories/", include("baogong.web.stories.urls")),
    path("lists/", include("baogong.web.clerk.urls")),
    path("station/", include("baogong.web.station.urls")),
    path("site/", include("baogong.web.keeper.urls")),
    path("courier/", include("baogong.web.courier.urls")),
    path("drive/", include("baogong.web.driver.urls")),
    path("carrier/", include("baogong.web.carrier.urls")),
    path("giver/", include("baogong.web.donor.urls")),
    path("crew/", include("baogong.web.crew.urls")),
    path("receiver/parcels/", include("baogong.web.resident.urls")),
    path("receiver/", include("baogong.web.receiver.urls")),
    path("book/", include("baogong.web.public.urls")),
    path("baskets/", include("baogong.web.orders.open_urls")),
    path("orders/baskets/", include("baogong.web.orders.urls")),
    path("release/", include("baogong.web.release.urls")),
    path("offers/", include("baogong.web.release.open_urls")),
    path("shop/", include("baogong.web.shop.urls")),
    path("shops/", include("baogong.web.shop.open_urls")),
]
