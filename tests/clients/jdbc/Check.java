import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** The Arrow Flight SQL JDBC driver: types, commands that run exactly once, metadata, errors. Usage: Check HOST:PORT PASSWORD */
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
