"""
What the room does. Keyword-only; duties are asked for at the release's office, so no city works in another's.

releases   draft_release, change_rule, try_out, open_release, close_release      COMMAND
tranches   put_out, take_back                                                    COMMAND at the office, KEEPER or COMMAND at the source
claims     claim, claim_listed, cancel_claim, accept_claims, hand_over_claim, expire_unclaimed, judge_openings, end_waiting,
           pass_on_kept, tell_moved_up, tell_running_out, keep_contacts, keep_sealed, contact_sealer
shops      take_in, undo_hand_over                                               COMMAND, CLERK, KEEPER where it is handed out
promises   watch_promises
carried    deliveries_due, addresses_for_work COMMAND, CLERK; leave_shop, ended, refuse_ended, come_down, arrive,
           go_missing, come_to_light, bring_again, offered_by, come_back are the carrying room's, in its own transaction
winners    bring_winners (signed by a second person they are admitted)           COMMAND, CLERK; the second APPROVER, COMMAND
rights     redeem: SHOP by COMMAND, CLERK, KEEPER at the shop; ONLINE by COMMAND, CLERK; look_up_claimant;
           own_right, order_online are the resident's, by document and telephone; look_up_right, order_online CLERK, COMMAND
draws      announce_draw, close_draw, declare_missing, extend_draw COMMAND, draw_lots too but for a round, which anybody may bring
           (bring_round: of whom nobody knows);
           enter_many, take_out COMMAND, CLERK; enter_draw, leave_draw also the resident; carry_losers is the worker's
costs      post_givers_costs                                                     COMMAND
clusters   judge_cluster                                                         COMMAND
registers  put_on_list, verify_addresses                                         COMMAND, CLERK
forgetting forget_people                                                         ADMIN
"""

from baogong.release.services.claims import (
    Contact,
    ListedClaim,
    accept_claims,
    cancel_claim,
    claim,
    claim_listed,
    contact_sealer,
    end_waiting,
    expire_unclaimed,
    hand_over_claim,
    judge_openings,
    keep_contacts,
    keep_sealed,
    pass_on_kept,
    tell_moved_up,
    tell_running_out,
)
from baogong.release.services.clusters import judge_cluster
from baogong.release.services.costs import post_givers_costs
from baogong.release.services.deliveries import addresses_for_work, deliveries_due
from baogong.release.services.draws import (
    announce_draw,
    beacon_paper,
    beacon_round,
    bring_round,
    close_draw,
    declare_missing,
    draw_lots,
    extend_draw,
    lottery_paper,
)
from baogong.release.services.entries import Entered, EntrantIn, enter_draw, enter_many, leave_draw
from baogong.release.services.forgetting import forget_people
from baogong.release.services.promises import watch_promises
from baogong.release.services.redemptions import (
    look_up_claimant,
    look_up_right,
    order_online,
    own_right,
    redeem,
    right_of,
)
from baogong.release.services.registers import AddressIn, put_on_list, verify_addresses
from baogong.release.services.releases import change_rule, close_release, draft_release, open_release, try_out
from baogong.release.services.shops import take_in, undo_hand_over
from baogong.release.services.stays import carry_losers
from baogong.release.services.taking_out import take_out
from baogong.release.services.tranches import SlotIn, put_out, take_back
from baogong.release.services.winners import WinnerIn, bring_winners

__all__ = [
    "AddressIn",
    "Contact",
    "Entered",
    "EntrantIn",
    "ListedClaim",
    "SlotIn",
    "WinnerIn",
    "accept_claims",
    "addresses_for_work",
    "announce_draw",
    "beacon_paper",
    "beacon_round",
    "bring_round",
    "bring_winners",
    "cancel_claim",
    "carry_losers",
    "change_rule",
    "claim",
    "claim_listed",
    "close_draw",
    "close_release",
    "contact_sealer",
    "declare_missing",
    "deliveries_due",
    "draft_release",
    "draw_lots",
    "end_waiting",
    "enter_draw",
    "enter_many",
    "expire_unclaimed",
    "extend_draw",
    "forget_people",
    "hand_over_claim",
    "judge_cluster",
    "judge_openings",
    "keep_contacts",
    "keep_sealed",
    "leave_draw",
    "look_up_claimant",
    "look_up_right",
    "lottery_paper",
    "open_release",
    "order_online",
    "own_right",
    "pass_on_kept",
    "post_givers_costs",
    "put_on_list",
    "put_out",
    "redeem",
    "right_of",
    "take_back",
    "take_in",
    "take_out",
    "tell_moved_up",
    "tell_running_out",
    "try_out",
    "undo_hand_over",
    "verify_addresses",
    "watch_promises",
]
