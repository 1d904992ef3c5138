import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** pgJDBC: types, prepared statements, batches, parts of a result, metadata, cancel, errors. Usage: Check HOST:PORT PASSWORD */
public class Check {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("user", "admin");
        properties.put("password", arguments[1]);
        String url = "jdbc:postgresql://" + arguments[0] + "/city";
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            types(connection);
            prepared(connection);
            lists(connection);
            copies(connection);
            parts(connection);
            metadata(connection);
            transactions(connection);
            cancel(connection);
            errors(connection);
        }
        System.out.println("ok   pgJDBC");
    }

    private static void types(Connection connection) throws SQLException {
        String sql = "SELECT 7 AS n, '王芳' AS name, DATE '2024-02-29' AS d, CAST(1.5 AS DECIMAL(10, 2)) AS x, true AS b,"
                + " TIMESTAMP '2024-02-29 12:30:00.25' AS t, ARRAY[1, 2] AS a, CAST(NULL AS DOUBLE) AS f";
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            check(rows.next(), "a row");
            check(rows.getInt("n") == 7, "an integer");
            check(rows.getString("name").equals("王芳"), "Chinese text");
            check(rows.getDate("d").toString().equals("2024-02-29"), "a date");
            check(rows.getBigDecimal("x").equals(new BigDecimal("1.50")), "a decimal");
            check(rows.getBoolean("b"), "a boolean");
            check(rows.getTimestamp("t").toString().equals("2024-02-29 12:30:00.25"), "a time");
            check(((Object[]) rows.getArray("a").getArray()).length == 2, "an array");
            check(rows.getObject("f") == null && !rows.next(), "a null, and no second row");
            check(rows.getMetaData().getColumnType(4) == Types.NUMERIC && rows.getMetaData().getScale(4) == 2, "its scale");
        }
    }

    private static void prepared(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("CREATE SCHEMA pgjdbc");
            statement.executeUpdate("CREATE TABLE pgjdbc.t (n INT, name TEXT, x DECIMAL(10, 2), d DATE, t TIMESTAMP)");
        }
        String insert = "INSERT INTO pgjdbc.t VALUES (?, ?, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            for (int n = 1; n <= 12; n++) {
                statement.setInt(1, n);
                statement.setString(2, n == 2 ? null : "名" + n);
                statement.setBigDecimal(3, new BigDecimal("1.25"));
                statement.setDate(4, java.sql.Date.valueOf("2024-02-29"));
                statement.setTimestamp(5, java.sql.Timestamp.valueOf("2024-02-29 01:02:03"));
                statement.addBatch();
            }
            int[] counts = statement.executeBatch();
            check(counts.length == 12 && counts[11] == 1, "a batch");
        }
        // Often enough for the driver to name the statement on the server and to ask for binary values.
        String query = "SELECT n, name, x, d, t FROM pgjdbc.t WHERE n = ? AND x > ?";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int n = 1; n <= 12; n++) {
                statement.setInt(1, n);
                statement.setBigDecimal(2, new BigDecimal("1.2"));
                try (ResultSet rows = statement.executeQuery()) {
                    check(rows.next() && rows.getInt(1) == n && (n == 2) == (rows.getString(2) == null), "row " + n);
                    check(rows.getBigDecimal(3).equals(new BigDecimal("1.25")), "a decimal");
                    check(rows.getTimestamp(5).toString().equals("2024-02-29 01:02:03.0"), "a time");
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("UPDATE pgjdbc.t SET x = 2 WHERE n > ?")) {
            statement.setInt(1, 10);
            check(statement.executeUpdate() == 2, "two rows changed");
        }
    }

    private static void lists(Connection connection) throws SQLException {
        String sql = "SELECT count(*) FROM pgjdbc.t WHERE n = ANY (?) AND name = ANY (?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int n = 0; n < 7; n++) {
                statement.setArray(1, connection.createArrayOf("int4", new Integer[] {1, 2, 3, null}));
                statement.setArray(2, connection.createArrayOf("text", new String[] {"名1", "名3", "a,\"b\""}));
                try (ResultSet rows = statement.executeQuery()) {
                    check(rows.next() && rows.getLong(1) == 2, "lists as parameters");
                }
            }
        }
        connection.setSchema("pgjdbc");
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
            check(rows.next() && rows.getLong(1) == 12 && connection.getSchema().equals("pgjdbc"), "a schema of its own");
        }
        connection.setSchema("public");
    }

    private static void copies(Connection connection) throws Exception {
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("CREATE TABLE pgjdbc.copied (n INT, a TEXT)");
            check(copies.copyIn("COPY pgjdbc.copied FROM STDIN (FORMAT csv)", new StringReader("1,甲\n2,\n")) == 2, "copied in");
            StringWriter written = new StringWriter();
            check(copies.copyOut("COPY pgjdbc.copied TO STDOUT (FORMAT csv)", written) == 2, "copied out");
            check(written.toString().equals("1,甲\n2,\n"), "as it was: " + written);
            statement.executeUpdate("DROP TABLE pgjdbc.copied");
        }
    }

    private static void parts(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(100);
            try (ResultSet rows = statement.executeQuery("SELECT value FROM generate_series(1, 2500) AS s(value) ORDER BY 1")) {
                long sum = 0;
                while (rows.next()) {
                    sum += rows.getLong(1);
                }
                check(sum == 2500L * 2501 / 2, "all parts");
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void metadata(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        check(data.getDatabaseProductName().equals("PostgreSQL"), "a product");
        check(connection.getCatalog().equals("city") && connection.getSchema().equals("public"), "where we are");
        check(names(data.getSchemas(), "TABLE_SCHEM").contains("pgjdbc"), "the schema is listed");
        check(names(data.getCatalogs(), "TABLE_CAT").contains("city"), "the catalogue is listed");
        check(names(data.getTables(null, "pgjdbc", "%", new String[] {"TABLE"}), "TABLE_NAME").equals(List.of("t")), "the table is listed");
        check(names(data.getColumns(null, "pgjdbc", "t", "%"), "COLUMN_NAME").equals(List.of("n", "name", "x", "d", "t")), "columns");
        check(names(data.getColumns(null, "pgjdbc", "t", "%"), "TYPE_NAME").equals(List.of("int4", "text", "numeric", "date", "timestamp")), "types");
        check(names(data.getPrimaryKeys(null, "pgjdbc", "t"), "COLUMN_NAME").isEmpty(), "no key");
        check(names(data.getIndexInfo(null, "pgjdbc", "t", false, false), "INDEX_NAME").isEmpty(), "no index");
        check(names(data.getImportedKeys(null, "pgjdbc", "t"), "FKCOLUMN_NAME").isEmpty(), "no reference");
        check(names(data.getTypeInfo(), "TYPE_NAME").contains("timestamptz"), "types are listed");
        check(names(data.getProcedures(null, null, "%"), "PROCEDURE_NAME").isEmpty(), "no procedure");
        check(names(data.getFunctions(null, null, "ab%"), "FUNCTION_NAME").contains("abs"), "the functions");
        check(connection.isValid(5), "it is valid");
        check(connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED, "read committed");
    }

    private static void transactions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT 1").close();
            check(state(statement, "DELETE FROM pgjdbc.t").equals("0A000"), "a change is refused");
            check(state(statement, "SELECT 1").equals("25P02"), "the transaction has failed");
        }
        connection.rollback();
        connection.setReadOnly(true);
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT 1").close();
        }
        connection.commit();
        connection.setReadOnly(false);
        connection.setAutoCommit(true);
    }

    private static void cancel(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            Thread stopper = new Thread(() -> {
                try {
                    Thread.sleep(1000);
                    statement.cancel();
                } catch (Exception error) {
                    throw new AssertionError(error);
                }
            });
            stopper.start();
            String endless = "SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v";
            check(state(statement, endless).equals("57014"), "cancelled");
            stopper.join();
        }
    }

    private static void errors(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            check(state(statement, "SELECT * FROM pgjdbc.nothing").equals("42P01"), "a missing table");
            check(state(statement, "SELECT nmae FROM pgjdbc.t").equals("42703"), "a missing column");
            statement.executeUpdate("DROP TABLE pgjdbc.t");
            statement.executeUpdate("DROP SCHEMA pgjdbc");
        }
    }

    private static String state(Statement statement, String sql) {
        try {
            statement.execute(sql);
            return "00000";
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    private static List<String> names(ResultSet rows, String column) throws SQLException {
        List<String> names = new ArrayList<>();
        try (rows) {
            while (rows.next()) {
                names.add(rows.getString(column));
            }
        }
        return names;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
