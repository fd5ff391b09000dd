package gatehouse.postgres.session.parser_settings_test

import data.gatehouse.postgres.session.parser_settings
import data.gatehouse.testing

test_denies_other_string_escapes if {
	count(parser_settings.deny) == 1 with input as testing.setting("standard_conforming_strings", "off")
}

test_denies_a_value_that_is_not_constant if {
	fields := {"verb": "SET", "verbs": ["SET"], "setting": {"name": "standard_conforming_strings", "local": false}}
	count(parser_settings.deny) == 1 with input as testing.query(fields)
}

test_denies_other_encodings if {
	count(parser_settings.deny) == 1 with input as testing.setting("client_encoding", "SJIS")
}

test_lets_the_same_encoding_through if {
	count(parser_settings.deny) == 0 with input as testing.setting("client_encoding", "UTF8")
}

test_lets_the_safe_value_through if {
	count(parser_settings.deny) == 0 with input as testing.setting("standard_conforming_strings", "on")
}

test_lets_reset_through if {
	fields := {"verb": "RESET", "verbs": ["RESET"], "setting": {"name": "client_encoding", "local": false}}
	count(parser_settings.deny) == 0 with input as testing.query(fields)
}

test_lets_other_settings_through if {
	count(parser_settings.deny) == 0 with input as testing.setting("work_mem", "64MB")
}

test_lets_show_through if {
	count(parser_settings.deny) == 0 with input as testing.show("standard_conforming_strings")
}

test_denies_it_by_set_config if {
	fields := {"setting": {"name": "standard_conforming_strings", "value": "off", "local": false}, "traits": ["set_config"]}
	count(parser_settings.deny) == 1 with input as testing.query(fields)
}
