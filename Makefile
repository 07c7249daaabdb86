# make demo    look around: a real story in a book of its own
# make test    style, types, layers, and every test; the long ones in their short form (a sample of pages, fields, duties, examples)
# make check   style, types, layers, migrations
# make scenarios  every story played, one after another; exit 1 if one does not hold
# make soak    those whole, and what is left: killed plays, planted failures, many examples, many races (docs/runbooks/soak.md)

bin = .venv/bin

.PHONY: setup demo test check scenarios soak

setup:
	@tools/setup

demo: setup
	@$(bin)/baogong demo

test: check
	@tools/test-packages
	$(bin)/pytest -n 2 --dist worksteal

check: setup
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy baogong tests tools
	$(bin)/lint-imports
	DJANGO_SETTINGS_MODULE=baogong.config.settings $(bin)/python -W ignore::RuntimeWarning \
	  -m django makemigrations --check --dry-run

scenarios: setup
	@$(bin)/baogong scenario play --all

soak: setup
	@tools/soak all
