-- Sign-ins that set up the first second factor before they end, and the code that was mailed for one.
ALTER TABLE sign_in_flows
    -- The proof of the mailed code; it may be deleted before the flow.
    ADD COLUMN proof_id UUID;
