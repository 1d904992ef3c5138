"""Prepares a statement before values are bound to it: the driver takes values that are bound to any other for rows of a bulk load,
whatever the server is. The suite binds to statements of both kinds."""


class PreparedFirst:
    """A statement of the driver manager."""

    def __init__(self, statement):
        self._statement = statement
        self._prepared = False

    @classmethod
    def of(cls, cursor):
        """The one statement of a cursor, which outlives the asking."""
        if not hasattr(cursor, "_prepared_first"):
            cursor._prepared_first = cls(cursor._stmt)
        return cursor._prepared_first

    def __getattr__(self, name):
        return getattr(self._statement, name)

    def set_sql_query(self, query):
        self._prepared = False
        self._statement.set_sql_query(query)

    def prepare(self):
        if not self._prepared:
            self._statement.prepare()
            self._prepared = True

    def bind(self, data):
        self.prepare()
        self._statement.bind(data)
