-- The entitlements of the subjects in hand as they were concluded last.
select entitlement_id, revision, state, reason, business_id, customer_id, source_kind, source_id, order_id, product_id, quantity, features,
       licence_policy, fulfilment.microseconds(valid_from), fulfilment.microseconds(valid_until), catalogue_version, fulfilment.microseconds(granted_at)
  from fulfilment.entitlements
 where source_id = any((select fulfilment.payments_named() || fulfilment.subscriptions_in_hand())::text[])
