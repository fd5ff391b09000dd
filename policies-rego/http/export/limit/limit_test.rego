package gatehouse.http.export.limit_test

import data.gatehouse.http.export.limit
import data.gatehouse.testing

# With a digit behind them they are longer than any number that is looked at.
zeros := ["0" | some _ in numbers.range(1, 30)]

asking(value) := testing.http({"query": {"limit": [value]}})

test_lets_a_page_of_the_size_that_is_open_through if {
	every value in ["1", "20", "200", "0200", concat("", array.concat(array.slice(zeros, 1, 30), ["1"]))] {
		count(limit.deny) == 0 with input as asking(value)
	}
}

test_denies_a_larger_page if {
	"limit may be a number from 1 to 200 here; fetch page by page, or ask for a group that may export." in limit.deny with input as asking("201")
	every value in ["1000", "999999999999999999999999", "300"] {
		count(limit.deny) == 1 with input as asking(value)
	}
}

test_denies_what_is_no_plain_number_or_asks_for_all if {
	every value in ["0", "000", "-1", "all", "1e9", "+5", "0x10", " 5", "5 ", "5\n", "1a1", "", "٣", concat("", array.concat(zeros, ["1"]))] {
		count(limit.deny) == 1 with input as asking(value)
	}
}

test_denies_by_any_of_its_names_and_any_of_its_values if {
	every name in ["per_page", "pageSize", "PAGE_SIZE", "page[size]", "$top", "limit[]", "Limit[0]", "limit[a][b]", " limit", "page_\u017fize", "page.size", "per page[]", "per[page"] {
		count(limit.deny) == 1 with input as testing.http({"query": {name: ["5000"]}})
	}
	count(limit.deny) == 1 with input as testing.http({"query": {"limit": ["10", "5000"]}})
	count(limit.deny) == 1 with input as testing.http({"query": {"limit": [value | some value in numbers.range(1, 9)]}})
}

test_denies_by_the_body_too if {
	every value in [5000, "5000", 0, -1, null, "all", [5000], {"gt": 1}] {
		count(limit.deny) == 1 with input as testing.post({"limit": value})
	}
	count(limit.deny) == 0 with input as testing.post({"limit": 100, "name": "limit"})
	form := testing.form({"limit": ["10", "5000"]})
	count(limit.deny) == 1 with input as testing.http({"method": "POST", "body": form})
}

test_the_group_that_may_the_most_counts if {
	many := {"query": {"limit": ["5000"]}}
	count(limit.deny) == 0 with input as testing.http_of(["developers", "data-exporters"], many)
	count(limit.deny) == 1 with input as testing.http_of(["developers", "data-exporters"], {"query": {"limit": ["10001"]}})
}

test_nobody_may_where_the_settings_name_nobody if {
	count(limit.deny) == 1 with input as asking("1") with data.settings.http.export.rows_max as {}
}

test_is_silent_on_other_parameters if {
	count(limit.deny) == 0 with input as testing.http({"query": {"page": ["100000"], "q": ["limit"], "limits": ["5000"], "page[number]": ["5000"]}})
}
