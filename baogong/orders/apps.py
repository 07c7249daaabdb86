from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "baogong.orders"
    label = "orders"

    def ready(self) -> None:
        from baogong.orders.services import baskets, shop_orders, shop_texts

        baskets.register()
        shop_texts.register()
        shop_orders.register()
