package gatehouse.postgres.session.listen_notify_test

import data.gatehouse.postgres.session.listen_notify
import data.gatehouse.testing

test_denies_listen if {
	count(listen_notify.deny) == 1 with input as testing.verb("LISTEN")
}

test_denies_notify if {
	count(listen_notify.deny) == 1 with input as testing.verb("NOTIFY")
}

test_lets_unlisten_through if {
	count(listen_notify.deny) == 0 with input as testing.verb("UNLISTEN")
}
