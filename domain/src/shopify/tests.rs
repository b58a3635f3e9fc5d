use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn said(topic: &str, sent: &Value) -> Report {
    read(topic, sent, false, NOW).unwrap()
}

fn paid(more: &Value) -> Value {
    let mut order = json!({
        "id": 820_982_911_946_154_508_u64, "email": "joe@example.com", "currency": "USD", "total_price": "119.00", "total_tax": "19.00",
        "processed_at": "2023-11-14T22:13:20-05:00", "test": false, "landing_site": "/kites?utm=x&ref=ref-xyz789#top",
        "note_attributes": [], "discount_codes": [],
    });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

#[test]
fn an_order_says_who_bought_for_how_much() {
    let Report::Sale(sale) = said("orders/paid", &paid(&json!({}))) else { panic!() };
    assert_eq!(sale.order, "820982911946154508");
    assert_eq!(sale.at, Timestamp::parse("2023-11-15T03:13:20Z").unwrap());
    assert_eq!((sale.money.unwrap().minor, sale.charged), (10_000, 11_900));
    assert_eq!(sale.email.as_deref(), Some("joe@example.com"));
    for (currency, total, minor) in
        [("JPY", "1200", 1_200), ("JPY", "1200.00", 1_200), ("KWD", "1.505", 1_505)]
    {
        let order = paid(&json!({"currency": currency, "total_price": total, "total_tax": "0.00"}));
        let Report::Sale(sale) = said("orders/paid", &order) else { panic!() };
        assert_eq!(sale.money.unwrap().minor, minor, "{total} {currency}");
    }
    let free = paid(
        &json!({"total_price": "0.00", "total_tax": "0.00", "email": "", "customer": {"email": "ann@example.com"}}),
    );
    let Report::Sale(sale) = said("orders/paid", &free) else { panic!() };
    assert_eq!((sale.money, sale.email.as_deref()), (None, Some("ann@example.com")));
}

#[test]
fn the_code_is_in_a_note_the_landing_page_or_a_discount() {
    for (more, expected) in [
        (json!({}), vec!["REF-XYZ789"]),
        (json!({"landing_site": null}), vec![]),
        (json!({"landing_site": "/kites"}), vec![]),
        (json!({"note_attributes": [{"name": "referral_code", "value": "ann"}]}), vec!["ANN", "REF-XYZ789"]),
        (json!({"note_attributes": [{"name": "gift", "value": "ann"}]}), vec!["REF-XYZ789"]),
        (json!({"discount_codes": [{"code": "ANN", "amount": "5.00"}]}), vec!["REF-XYZ789", "ANN"]),
        (json!({"discount_codes": [{"code": "10 % off"}, {"code": "REF-XYZ789"}]}), vec!["REF-XYZ789"]),
    ] {
        let Report::Sale(sale) = said("orders/paid", &paid(&more)) else { panic!() };
        assert_eq!(sale.codes.iter().map(Code::as_str).collect::<Vec<_>>(), expected, "{more}");
    }
}

#[test]
fn a_refund_is_what_its_transactions_gave_back() {
    let transaction = |kind: &str, status: &str, amount: &str| json!({"kind": kind, "status": status, "amount": amount, "currency": "USD"});
    let refund = json!({
        "id": 509_562_969, "order_id": 450_789_469, "created_at": "2023-11-14T22:13:20Z",
        "transactions": [
            transaction("refund", "success", "20.00"), transaction("refund", "success", "1.50"),
            transaction("refund", "failure", "7.00"), transaction("void", "success", "9.00"),
        ],
    });
    let Report::Refund(refund) = said("refunds/create", &refund) else { panic!() };
    assert_eq!(
        (refund.order.as_str(), refund.cause.as_str(), refund.money.minor),
        ("450789469", "509562969", 2_150)
    );
    let restocked = json!({"id": 1, "order_id": 2, "transactions": []});
    assert_eq!(said("refunds/create", &restocked), Report::Nothing("nothing went back"));
}

#[test]
fn a_customer_may_say_who_sent_them() {
    let customer = json!({
        "email": "joe@example.com", "first_name": "Joe", "last_name": "B.", "phone": "+1 555 0100",
        "note": "likes: wind\nreferral_code: ref-xyz789",
    });
    let Report::Customer(customer) = said("customers/create", &customer) else { panic!() };
    assert_eq!((customer.name.as_deref(), customer.at), (Some("Joe B."), NOW));
    assert_eq!(customer.codes, [Code::parse("REF-XYZ789").unwrap()]);
    let Report::Customer(nobody) = said("customers/create", &json!({"email": null})) else { panic!() };
    assert_eq!((nobody.email, nobody.name, nobody.codes.len()), (None, None, 0));
}

#[test]
fn what_is_of_no_use_is_said_and_what_cannot_be_read_is_named() {
    assert_eq!(said("orders/create", &json!({})), Report::Nothing("topic"));
    assert_eq!(said("orders/paid", &paid(&json!({"test": true}))), Report::Nothing("test order"));
    assert!(matches!(read("orders/paid", &paid(&json!({"test": true})), true, NOW), Ok(Report::Sale(_))));
    for (topic, sent, field) in [
        ("orders/paid", paid(&json!({"id": "x"})), "id"),
        ("orders/paid", paid(&json!({"currency": "DOLLAR"})), "currency"),
        ("refunds/create", json!({"order_id": 1}), "id"),
    ] {
        assert_eq!(read(topic, &sent, false, NOW).map_err(|e| e.field), Err(field), "{topic}");
    }
}
