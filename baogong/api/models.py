"""No tables: which requests were carried out stands in the journal, for the API and for commands alike."""
