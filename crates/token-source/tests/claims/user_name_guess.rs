//! The guess takes the first claim that can be a login name.

use serde_json::json;

use crate::claims_of;

#[test]
fn first_usable_name_wins() {
    let user_assigned = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app";
    let system_assigned =
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/virtualMachines/vm";
    for (claims, expected) in [
        (
            json!({"unique_name": "c", "preferred_username": "b", "upn": "a", "xms_mirid": user_assigned}),
            Some("a"),
        ),
        (
            json!({"unique_name": "c", "preferred_username": "b"}),
            Some("b"),
        ),
        (
            json!({"unique_name": "c", "xms_mirid": user_assigned}),
            Some("c"),
        ),
        (json!({"upn": "", "unique_name": "c"}), Some("c")),
        (json!({"upn": 7, "unique_name": "c"}), Some("c")),
        (json!({"xms_mirid": user_assigned}), Some("app")),
        (
            json!({"xms_mirid": user_assigned.to_lowercase()}),
            Some("app"),
        ),
        (
            json!({"xms_mirid": user_assigned.to_uppercase()}),
            Some("APP"),
        ),
        (json!({"xms_mirid": system_assigned}), None),
        (json!({"appid": "client", "oid": "object"}), None),
        (json!({}), None),
    ] {
        assert_eq!(claims_of(&claims).user_name_guess(), expected, "{claims}");
    }
}

#[test]
fn personal_guest_account_is_skipped() {
    for guest in [
        "live.com#ada@example.com",
        "Live.com#ada@example.com",
        "live.com#",
    ] {
        let claims = json!({"upn": guest, "unique_name": guest});
        assert_eq!(claims_of(&claims).user_name_guess(), None, "{guest}");
        let claims = json!({"upn": guest, "unique_name": "ada@example.com"});
        assert_eq!(
            claims_of(&claims).user_name_guess(),
            Some("ada@example.com"),
            "{guest}"
        );
    }
}

#[test]
fn only_user_assigned_identities_have_a_name() {
    for resource_id in [
        "",
        "/",
        "app",
        "/app",
        "userAssignedIdentities/app",
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/",
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app/",
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app/credentials/c",
        "/providers/Microsoft.Other/userAssignedIdentities/app",
        "/other/Microsoft.ManagedIdentity/userAssignedIdentities/app",
    ] {
        let claims = claims_of(&json!({"xms_mirid": resource_id}));
        assert_eq!(claims.user_name_guess(), None, "{resource_id}");
    }
}
