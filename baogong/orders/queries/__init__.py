"""
What the room tells; frozen, bounded, ordered by a unique key.

baskets   arrivals_of, basket, baskets, basket_of_purchase, household, households_of,
          lost_portions
chains    lines_of, pastes_of, queue_of
answers   answers_of: what became of each household's order, beside its own words; cuts_of: whose is cut, by what
chats     a list as a chat message that the chain reader reads back
demand    demand_on: by committee, by supplier, by truck
"""

from baogong.orders.queries.answers import Answer, AnswerItem, Cut, answers_of, cuts_of
from baogong.orders.queries.baskets import (
    ArrivalView,
    BasketRow,
    BasketView,
    HouseholdView,
    ItemView,
    LostPortion,
    PortionView,
    arrivals_of,
    basket,
    basket_of_purchase,
    baskets,
    days_with_baskets,
    household,
    households_of,
    lost_portions,
    office_of_portion,
)
from baogong.orders.queries.chains import LineView, PasteView, line_view, lines_of, pastes_of
from baogong.orders.queries.chats import answers_chat, chat_of, demand_chat, menu_chat, orders_chat, total_chat
from baogong.orders.queries.demand import Demand, DemandRow, TruckView, demand_on

__all__ = [
    "Answer",
    "AnswerItem",
    "ArrivalView",
    "BasketRow",
    "BasketView",
    "Cut",
    "Demand",
    "DemandRow",
    "HouseholdView",
    "ItemView",
    "LineView",
    "LostPortion",
    "PasteView",
    "PortionView",
    "TruckView",
    "answers_chat",
    "answers_of",
    "arrivals_of",
    "basket",
    "basket_of_purchase",
    "baskets",
    "chat_of",
    "cuts_of",
    "days_with_baskets",
    "demand_chat",
    "demand_on",
    "household",
    "households_of",
    "line_view",
    "lines_of",
    "lost_portions",
    "menu_chat",
    "office_of_portion",
    "orders_chat",
    "pastes_of",
    "total_chat",
]
