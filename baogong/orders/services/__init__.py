"""
What the room does. Keyword-only; duties are asked for at the basket's office (its residents' committee).

baskets    draft_basket, report_basket, close_basket, order_basket, call_off_basket     COMMAND, CLERK; the report is
           signed by a second person: APPROVER, COMMAND
chains     paste_chain, paste_table, settle_lines                                       COMMAND, CLERK
arrivals   check_in, note_spraying, share_out                                           COMMAND, CLERK, KEEPER
forgetting forget_basket                                                                COMMAND, CLERK
handing    hand_over, note_payment, note_refund                                         COMMAND, CLERK, KEEPER
organisers link_organiser                                                               COMMAND, CLERK
demand     add_truck, put_on_truck, load_truck                                          COMMAND, CLERK; loading everywhere
"""

from baogong.orders.services.arrivals import Counted, check_in, note_spraying, share_out
from baogong.orders.services.baskets import (
    ItemIn,
    call_off_basket,
    close_basket,
    draft_basket,
    order_basket,
    report_basket,
)
from baogong.orders.services.chains import Decision, paste_chain, paste_table, settle_lines
from baogong.orders.services.demand import add_truck, load_truck, put_on_truck
from baogong.orders.services.forgetting import forget_basket
from baogong.orders.services.handing import hand_over, note_payment, note_refund
from baogong.orders.services.organisers import link_organiser

__all__ = [
    "Counted",
    "Decision",
    "ItemIn",
    "add_truck",
    "call_off_basket",
    "check_in",
    "close_basket",
    "draft_basket",
    "forget_basket",
    "hand_over",
    "link_organiser",
    "load_truck",
    "note_payment",
    "note_refund",
    "note_spraying",
    "order_basket",
    "paste_chain",
    "paste_table",
    "put_on_truck",
    "report_basket",
    "settle_lines",
    "share_out",
]
