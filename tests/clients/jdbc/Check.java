import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.Properties;

/** The Arrow Flight SQL JDBC driver: types, commands that run exactly once, parameters, metadata, errors. Usage: Check HOST:PORT PASSWORD */
public class Check {
    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        properties.put("user", "admin");
        properties.put("password", arguments[1]);
        String url = "jdbc:arrow-flight-sql://" + arguments[0] + "/?useEncryption=false";
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement()) {
            types(statement);
            commands(connection, statement);
            parameters(connection, statement);
            moments(connection, statement);
            numbersThatDoNotFit(connection, statement);
            metadata(connection, statement);
            errors(statement);
        }
        System.out.println("ok   JDBC");
    }

    private static void types(Statement statement) throws SQLException {
        String sql = "SELECT 7 AS n, '王芳' AS name, DATE '2024-02-29' AS d, CAST(1.5 AS DECIMAL(10, 2)) AS x, true AS b";
        try (ResultSet rows = statement.executeQuery(sql)) {
            check(rows.next(), "a row");
            check(rows.getInt("n") == 7, "an integer");
            check(rows.getString("name").equals("王芳"), "Chinese text");
            check(rows.getDate("d").toString().equals("2024-02-29"), "a date");
            check(rows.getBigDecimal("x").toPlainString().equals("1.50"), "a decimal");
            check(rows.getBoolean("b") && !rows.next(), "a boolean, and no second row");
        }
    }

    /** A second run of any of these would fail or count otherwise. */
    private static void commands(Connection connection, Statement statement) throws SQLException {
        statement.executeUpdate("CREATE SCHEMA jdbc");
        statement.executeUpdate("CREATE TABLE jdbc.t AS SELECT 1 AS n");
        check(statement.executeUpdate("INSERT INTO jdbc.t VALUES (2), (3)") == 2, "two rows inserted");
        try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM jdbc.t")) {
            check(rows.next() && rows.getLong(1) == 3, "three rows");
        }
        try (ResultSet tables = connection.getMetaData().getTables(null, "jdbc", "%", null)) {
            check(tables.next() && tables.getString("TABLE_NAME").equals("t") && !tables.next(), "the table is listed");
        }
        statement.executeUpdate("DROP TABLE jdbc.t");
        statement.executeUpdate("DROP SCHEMA jdbc");
    }

    /** Bound values of each type, in queries and commands, one by one and in a batch. */
    private static void parameters(Connection connection, Statement statement) throws SQLException {
        statement.executeUpdate("CREATE SCHEMA bound");
        statement.executeUpdate("CREATE TABLE bound.t (n BIGINT, name VARCHAR, x DECIMAL(10, 2), d DATE, f DOUBLE)");
        String insert = "INSERT INTO bound.t VALUES (?, ?, ?, ?, ?)";
        try (PreparedStatement prepared = connection.prepareStatement(insert)) {
            for (int row = 1; row <= 100; row++) {
                prepared.setLong(1, row);
                prepared.setString(2, row % 2 == 0 ? "王芳'; DROP TABLE bound.t; --" : null);
                prepared.setBigDecimal(3, new BigDecimal("12.50"));
                prepared.setDate(4, Date.valueOf("2024-02-29"));
                prepared.setDouble(5, row / 10.0);
                prepared.addBatch();
            }
            prepared.executeBatch();
        }
        try (ResultSet history = statement.executeQuery("DESCRIBE HISTORY bound.t")) {
            int commits = 0;
            while (history.next()) {
                commits++;
            }
            check(commits == 2, "a batch is one commit, not " + (commits - 1));
        }
        String query = "SELECT count(*) AS c, min(x) AS x, max(d) AS d FROM bound.t WHERE n <= ? AND name LIKE ?";
        try (PreparedStatement prepared = connection.prepareStatement(query)) {
            for (int limit : new int[] {50, 100, 1}) {
                prepared.setLong(1, limit);
                prepared.setString(2, "王芳%");
                try (ResultSet rows = prepared.executeQuery()) {
                    check(rows.next() && rows.getLong("c") == limit / 2, limit / 2 + " rows up to " + limit);
                    check(limit < 2 || rows.getBigDecimal("x").toPlainString().equals("12.50"), "a decimal");
                    check(limit < 2 || rows.getDate("d").toString().equals("2024-02-29"), "a date");
                }
            }
        }
        try (PreparedStatement prepared = connection.prepareStatement("UPDATE bound.t SET name = ? WHERE n = ?")) {
            prepared.setString(1, "李雷");
            prepared.setLong(2, 7);
            check(prepared.executeUpdate() == 1, "one row changed");
        }
        try (ResultSet rows = statement.executeQuery("SELECT name FROM bound.t WHERE n = 7")) {
            check(rows.next() && rows.getString(1).equals("李雷"), "the change");
        }
        statement.executeUpdate("DROP TABLE bound.t");
        statement.executeUpdate("DROP SCHEMA bound");
    }

    /** The driver counts moments in milliseconds, whatever the column's unit is. */
    private static void moments(Connection connection, Statement statement) throws SQLException {
        statement.executeUpdate("CREATE SCHEMA moments");
        statement.executeUpdate("CREATE TABLE moments.t (n BIGINT, at TIMESTAMP)");
        Timestamp moment = Timestamp.valueOf("2024-02-29 01:02:03.123");
        try (PreparedStatement prepared = connection.prepareStatement("INSERT INTO moments.t VALUES (?, ?)")) {
            for (int row = 1; row <= 2; row++) {
                prepared.setLong(1, row);
                prepared.setTimestamp(2, moment);
                prepared.addBatch();
            }
            prepared.executeBatch();
            prepared.setLong(1, 3);
            prepared.setTimestamp(2, null);
            check(prepared.executeUpdate() == 1, "no moment");
        }
        try (ResultSet rows = statement.executeQuery("SELECT CAST(at AS VARCHAR) FROM moments.t WHERE n = 1")) {
            check(rows.next() && rows.getString(1).startsWith("2024-02-29") && rows.getString(1).endsWith("01:02:03.123"), "the moment");
        }
        try (PreparedStatement prepared = connection.prepareStatement("SELECT count(*) FROM moments.t WHERE at = ? OR at < ?")) {
            prepared.setTimestamp(1, moment);
            prepared.setTimestamp(2, Timestamp.valueOf("2000-01-01 00:00:00"));
            try (ResultSet rows = prepared.executeQuery()) {
                check(rows.next() && rows.getLong(1) == 2, "rows of that moment");
            }
        }
        statement.executeUpdate("DROP TABLE moments.t");
        statement.executeUpdate("DROP SCHEMA moments");
    }

    /** The driver cuts numbers to the announced width without a word; so what is announced is wide, and the engine refuses. */
    private static void numbersThatDoNotFit(Connection connection, Statement statement) throws SQLException {
        statement.executeUpdate("CREATE SCHEMA small");
        statement.executeUpdate("CREATE TABLE small.t (s SMALLINT, i INT)");
        try (PreparedStatement prepared = connection.prepareStatement("INSERT INTO small.t VALUES (?, ?)")) {
            prepared.setInt(1, 7);
            prepared.setInt(2, 70000);
            check(prepared.executeUpdate() == 1, "numbers that fit");
            for (boolean batch : new boolean[] {false, true}) {
                prepared.setInt(1, 70000);
                prepared.setInt(2, 1);
                try {
                    if (batch) {
                        prepared.addBatch();
                        prepared.executeBatch();
                    } else {
                        prepared.executeUpdate();
                    }
                    check(false, "70000 is no SMALLINT");
                } catch (SQLException error) {
                    check(told(error).contains("HT0"), told(error));
                }
            }
        }
        try (PreparedStatement prepared = connection.prepareStatement("SELECT i + ? AS more FROM small.t WHERE s = ?")) {
            prepared.setInt(1, 1);
            prepared.setInt(2, 7);
            try (ResultSet rows = prepared.executeQuery()) {
                check(rows.next() && rows.getInt("more") == 70001 && !rows.next(), "the only row");
            }
        }
        statement.executeUpdate("DROP TABLE small.t");
        statement.executeUpdate("DROP SCHEMA small");
    }

    /** All texts of an error: the driver wraps what the server says. */
    private static String told(Throwable error) {
        return error == null ? "" : error + " " + told(error.getCause());
    }

    /** What a tool asks when it connects and browses. */
    private static void metadata(Connection connection, Statement statement) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        check(metadata.getDatabaseProductName().equals("huitong"), "the product's name");
        check(metadata.getIdentifierQuoteString().equals("\""), "the quote");
        check(metadata.getSQLKeywords().contains("VACUUM"), "the keywords");
        check(metadata.getNumericFunctions().contains("ABS"), "the functions");
        check(!metadata.supportsTransactions() && metadata.supportsUnionAll(), "what is supported");
        check(metadata.supportsOuterJoins() && metadata.supportsFullOuterJoins(), "outer joins");
        check(metadata.supportsSubqueriesInExists() && metadata.getMaxStatementLength() > 0, "subqueries, limits");
        check(metadata.supportsANSI92EntryLevelSQL() && metadata.supportsCoreSQLGrammar(), "grammar");
        check(metadata.supportsBatchUpdates() && !metadata.isReadOnly(), "batches");
        statement.executeUpdate("CREATE SCHEMA browsed");
        statement.executeUpdate("CREATE TABLE browsed.k (id BIGINT, part VARCHAR, v DOUBLE, PRIMARY KEY (id, part))");
        try (ResultSet keys = metadata.getPrimaryKeys("city", "browsed", "k")) {
            check(keys.next() && keys.getString("COLUMN_NAME").equals("id") && keys.getInt("KEY_SEQ") == 1, "a key");
            check(keys.next() && keys.getString("COLUMN_NAME").equals("part") && !keys.next(), "its second column");
        }
        try (ResultSet columns = metadata.getColumns("city", "browsed", "k", "%")) {
            check(columns.next() && columns.getString("COLUMN_NAME").equals("id"), "a column");
            check(columns.getString("IS_NULLABLE").equals("NO") && columns.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls, "of a key");
            check(columns.next() && columns.next() && !columns.getString("IS_NULLABLE").equals("NO"), "a column with nulls");
            check(!columns.next(), "three columns");
        }
        try (ResultSet keys = metadata.getImportedKeys("city", "browsed", "k")) {
            check(!keys.next(), "no foreign key");
        }
        try (ResultSet types = metadata.getTableTypes(); ResultSet schemas = metadata.getSchemas(); ResultSet catalogs = metadata.getCatalogs()) {
            check(types.next() && schemas.next() && catalogs.next() && catalogs.getString(1).equals("city"), "the rest");
        }
        statement.executeUpdate("DROP TABLE browsed.k");
        statement.executeUpdate("DROP SCHEMA browsed");
    }

    private static void errors(Statement statement) {
        try (ResultSet rows = statement.executeQuery("SELECT nmae FROM jdbc.t")) {
            check(false, "a missing table is an error");
        } catch (SQLException error) {
            check(error.getMessage().contains("HT0102"), error.getMessage());
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("JDBC: " + what);
        }
    }
}
