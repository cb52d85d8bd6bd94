# pin: postgres
POSTGRES = "16.3"
