"""What is measured, and what it is to cost: one row a kind of work, its goals beside it."""

from collections.abc import Callable

from tests.bench import imports, opening, pages, peers, questions, server
from tests.bench.model import OUR_PEAK, OURS, Goal, Row, Taken, Way

TEN, MANY, MILLION, TEN_MILLION = 10, 100_000, 1_000_000, 10_000_000
#: Columns in memory of a frame of so many patients still fit beside everything else.
_MOST_OF_PEERS = MILLION


def _polars(patients: int) -> Taken:
    from tests.bench.polars_peer import with_polars  # only "make bench" installs it

    return with_polars(patients)


def _tableone(patients: int) -> Taken:
    from tests.bench.tableone_peer import with_tableone  # only "make bench" installs it

    return with_tableone(patients)


def _each_page(goal: Callable[[str], Goal]) -> tuple[Goal, ...]:
    return tuple(goal(page) for page in pages.PAGES)


#: What bounds the pages that take longer than they should.
_SIXTY = {
    "compare": "It sends 163 elements, more than any other page: two tables and the forest of all variables, of two cohorts.",
    "patients": "It sends 138 elements, five tables of one patient among them, which are looked up by key.",
}
_ELEMENTS = (
    "The bare rerun sends 24 elements, a page of the dashboard 99 to 163. The constant page, which sends as many as Pain and computes "
    "nothing, takes more than twice the bare rerun itself."
)

_TEN_MILLION = {
    "compare": "All variables at all visits are crossed with two cohorts, and twice more for what else differs: some ninety columns of ten "
    "or forty million codes, each read once for what is asked of it. `plro shard` counts them on several machines.",
}
_MEMORY = (
    "It is the peak of one server that has shown all pages, Compare last. After Tables alone it was 1,405 MiB; columns that were read stay, "
    "up to 600 MB, and a question about all patients holds arrays of them while it is answered."
)

ROWS = (
    Row(
        "filter",
        "A new filter on a page",
        "Processor time of the server from the moment at which a reader moves a slider of the cohort panel until nothing is left to "
        "do, on a running server, over its WebSocket. The bare rerun is a Streamlit page with as large a menu, a panel of "
        "as many controls and one constant chart; the constant page has as many elements as Pain and computes nothing; the naive page reads the files with pandas and draws five charts with px in each run."
        " From a slider's second position on a large registry answers from tiles of counts.",
        "ms",
        {
            "bare": Way(pages.bare, most=TEN),
            "constant": Way(pages.constant, most=TEN),
            "naive": Way(pages.naive, most=TEN),
            OURS: Way(pages.changes),
        },
        (
            *_each_page(lambda page: Goal(page, 60, (TEN,), bound=_SIXTY.get(page, ""))),
            *_each_page(lambda page: Goal(page, 2.5, (TEN,), over="bare rerun", bound=_ELEMENTS)),
            *_each_page(lambda page: Goal(page, 1000, (MILLION,))),
            *_each_page(lambda page: Goal(page, 15, (MILLION,), over_size=TEN)),
            *_each_page(lambda page: Goal(page, 3000, (TEN_MILLION,), bound=_TEN_MILLION.get(page, ""))),
            Goal(OUR_PEAK, 1536, (TEN_MILLION,), bound=_MEMORY),
        ),
    ),
    Row(
        "bytes",
        "Bytes of a change",
        "What the server sends for a new filter, uncompressed.",
        "kB",
        {OURS: Way(pages.sizes)},
        (Goal("compare", 300, (MANY,)), Goal("overview", 300, (MANY,))),
        (MANY,),
    ),
    Row(
        "session",
        "First session",
        "Processor time of a server for the first page of its first visitor, after it has started and loaded its libraries; median of "
        "three servers.",
        "ms",
        {OURS: Way(pages.first_session, processes=3)},
        (Goal(OURS, 300, (TEN,)),),
    ),
    Row(
        "table1",
        "Table 1 by group",
        "The summary table of everybody by breastfeeding, in a process of its own for each: every variable with n, mean, SD, exact "
        "median and quartiles, minimum and maximum or the count of each level, at each visit, in all and by group. All state the "
        "same numbers, which is checked. The frames of pandas, polars and tableone are in memory before the clock starts; SQL reads the "
        "Parquet files. The bare decode is DuckDB reading the columns that are needed and doing nothing with them.",
        "ms",
        {
            OURS: Way(questions.table_1),
            "decode": Way(peers.decode),
            "sql": Way(peers.with_sql),
            "pandas": Way(peers.with_pandas, most=_MOST_OF_PEERS),
            "polars": Way(_polars, most=_MOST_OF_PEERS),
            "tableone": Way(_tableone, most=_MOST_OF_PEERS),
        },
        (
            Goal("usual SQL", 10, (MILLION,), over=OURS, at_least=True),
            Goal("pandas", 20, (MILLION,), over=OURS, at_least=True),
            Goal("polars", 12, (MILLION,), over=OURS, at_least=True),
            Goal("tableone", 300, (MILLION,), over=OURS, at_least=True),
            Goal("counts alone", 0.5, (MILLION,), over="bare decode"),
        ),
    ),
    Row(
        "page",
        "Filter panel, Table 1 and trajectories of a new cohort",
        "What the core computes for a page that shows them all: the counts beside each option of the filter panel, Table 1, and pain and "
        "laboratory values at each visit by group, for a cohort that was not asked for before. Beside it the same when a slider that "
        "was moved before is moved on, which is answered from tiles of counts.",
        "ms",
        {OURS: Way(questions.page), "decode": Way(peers.decode)},
        (Goal(OURS, 3, (MILLION,), over="bare decode"),),
    ),
    Row(
        "opening",
        "Opening a registry",
        "Processor time and the most memory of a process that opens a registry with its provenance (one line a row, one for each yes "
        "and no); beyond a million patients without. Median of three processes.",
        "ms",
        {OURS: Way(opening.opening, processes=3)},
        (
            Goal(OURS, 60, (TEN,)),
            Goal(OURS, 3000, (MILLION,)),
            Goal(OUR_PEAK, 1024, (MILLION,)),
            Goal(OUR_PEAK, 1536, (TEN_MILLION,)),
        ),
    ),
    Row(
        "readyz",
        "Asking whether the server is ready",
        "Processor time of the server for one answer of /readyz, and the most memory that it held.",
        "ms",
        {OURS: Way(server.readiness)},
        (Goal(OURS, 5, (MILLION,)),),
    ),
    Row(
        "import",
        "Import of all patients",
        "From CSV files to a published version of an empty registry: read, checked cell by cell, previewed, written with provenance. "
        "pandas reads the same text and checks nothing.",
        "ms",
        {OURS: Way(imports.all_patients), "pandas": Way(imports.with_pandas)},
        (
            Goal(
                OURS,
                6000,
                (MANY,),
                bound="The files of strangers are read in child processes with limits, one a file, which is a third of it (2.4 s of 7.2 "
                "when it was taken apart); cells, keys, doubts and a line of provenance a row are another 3 s, writing 1.3 s.",
            ),
        ),
        (MANY,),
    ),
    Row(
        "ten",
        "Import of ten changed visits",
        "The same for a CSV file with ten visits, into a registry that holds all patients and is open. The bare rewriting is pyarrow reading and "
        "writing the two files that change, visits and provenance, with their checksums.",
        "ms",
        {OURS: Way(imports.ten_visits), "rewriting": Way(imports.rewriting)},
        (
            Goal(
                OURS,
                500,
                (MANY,),
                bound="A version is a folder of whole files, so that each is verified as it was written. Two of them are written anew, and "
                "bare pyarrow takes about as long as the goal for these alone. On top come reading the others with their checksums (0.5 s "
                "when it was taken apart), the code columns of the new version, doubts and the preview (0.2 s each).",
            ),
        ),
        (MANY,),
    ),
    Row(
        "beside",
        "A visitor beside two others",
        "How long a visitor waits for a cheap page, alone and while two others change filters on Compare without end. The only figure "
        "that is not processor time: read its ratio.",
        "ms, waited",
        {OURS: Way(server.beside_others)},
        (Goal(OURS, 3, (MANY,), over="alone"),),
        (MANY,),
    ),
)
