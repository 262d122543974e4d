//! Each outcome by each input method: by mouse at 320 pixels, and by keyboard alone. All other journeys use the mouse at
//! 900 pixels.
//!
//! The journeys themselves are written once, in the files that this table names.

/// Generates tests that run the journeys of the table with each input method.
macro_rules! every_outcome {
    (@in $methods:ident $method:ident $($part:ident::$outcome:ident,)*) => {
        mod $methods {
            use anyhow::Result;
            use relink_e2e::InputMethod;

            $(#[tokio::test]
            async fn $outcome() -> Result<()> {
                crate::$part::$outcome(InputMethod::$method).await
            })*
        }
    };
    ($($table:tt)*) => {
        every_outcome!(@in by_mouse_at_320_pixels NarrowScreen $($table)*);
        every_outcome!(@in by_keyboard_alone Keyboard $($table)*);
    };
}

every_outcome! {
    outcomes::the_right_account_works_again,
    outcomes::a_sign_in_that_was_left_unfinished_changes_nothing,
    outcomes::a_window_closed_by_its_cross_is_a_cancellation,
    outcomes::a_window_closed_by_escape_is_a_cancellation_and_can_be_started_again,
    outcomes::a_bank_that_fails_is_named_and_can_be_tried_again,
    next_steps::a_new_account_is_paid_from_once_the_customer_agrees,
    next_steps::a_customer_who_keeps_the_old_account_is_not_asked_again,
    next_steps::what_stripe_refuses_leaves_nothing_half_done,
    next_steps::an_account_that_was_not_shared_gives_way_to_another_at_the_same_bank,
    next_steps::in_the_place_of_an_account_that_no_relink_repairs_comes_one_at_another_bank,
    purposes::accounts_that_were_left_out_still_need_the_customer_and_can_be_repaired_next,
    purposes::a_new_login_is_told_account_by_account,
    failures::blocked_stripe_js_makes_no_session_and_can_be_tried_again,
    failures::while_stripe_is_down_the_customer_can_try_again,
    failures::too_many_at_once_and_a_wrong_set_up_have_screens_of_their_own,
    failures::a_server_that_is_gone_after_the_bank_loses_nothing,
    failures::offline_before_the_bank_goes_on_by_itself_to_where_the_customer_was,
    failures::where_nobody_gives_a_token_any_more_the_customer_signs_in_and_goes_on,
    failures::an_account_that_was_repaired_elsewhere_is_not_repaired_twice,
    reload::a_pending_attempt_is_resumed_after_leaving,
}
