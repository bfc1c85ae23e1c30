"""What may be told of a registry to whoever may not see its rows: released counts, and nothing that is not made of them.

From the bottom up: ``bins`` (numbers in bins), ``facts`` (each patient as codes), ``trees`` (which levels are told together where one of
them may not be told), ``release`` (the rule), ``questions`` (what may be asked), ``answers``, ``tables`` and ``figures``.

**What the rule protects from.** A *box* is a choice of levels of some facts, such as "smoking: yes, T-score: −2.5 or less". A box is
told only if every box that could be reckoned from what is told beside it, by adding and subtracting, holds nobody or at least k
patients (``release`` says how). So no subtraction of views, totals, groups, facets or downloads leads to a box of 1 to k − 1
patients, however many views are taken together. And no box is told that is all but 1 to k − 1 patients of another one that is told.

**What it does not protect from.**

- *Several versions.* Who has the counts of two versions has their difference: a patient who was added alone stands out. Publish several
  patients at a time.
- *Knowing the others.* Who knows k − 1 of k patients knows the last one from the count; k says how many must be in league.
- *Whole groups.* If all of a group have something, that is told (k of k, and nobody without), and is then known of each of them.
- *Bounds and odd sums.* Counts bound each other: what is suppressed can be enclosed, if never below k. And sums of three and more tables can tell how many
  patients have "all or none" of three things, which is no box.
- *Guessing.* Shares are shares: who knows that somebody is in the registry learns how likely something is of her.
"""
