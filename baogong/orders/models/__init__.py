from baogong.orders.models.baskets import Arrival, ArrivalLine, Basket, BasketAct, BasketHousehold, BasketItem, Portion
from baogong.orders.models.chains import ChainLine, Paste
from baogong.orders.models.demand import Truck
from baogong.orders.models.lessons import Lesson, LessonSeat
from baogong.orders.models.shop_orders import ShopOrder, ShopOrderLine
from baogong.orders.models.shops import ApprovedShop, DayPack, DaySlot, Shop, ShopDay, ShopPack, ShopPhoto

__all__ = [
    "ApprovedShop",
    "Arrival",
    "ArrivalLine",
    "Basket",
    "BasketAct",
    "BasketHousehold",
    "BasketItem",
    "ChainLine",
    "DayPack",
    "DaySlot",
    "Lesson",
    "LessonSeat",
    "Paste",
    "Portion",
    "Shop",
    "ShopDay",
    "ShopOrder",
    "ShopOrderLine",
    "ShopPack",
    "ShopPhoto",
    "Truck",
]
