using System.Globalization;
using LastMile.Events.Postgres;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary>The names and the verifiers that replace the placeholders of <c>postgres_setup.sql</c>.</summary>
/// <param name="Database">The application's database.</param>
/// <param name="Relay">The Invalidator's login.</param>
/// <param name="Owner">The login of the role that owns the schema.</param>
internal sealed record PostgresNames(string Database, Login Relay, Login Owner)
{
    /// <summary>The verifier of the Invalidator's password.</summary>
    public string RelayVerifier { get; init; } = ScramVerifier.Of(Relay.Password);

    private string OwnerVerifier { get; } = ScramVerifier.Of(Owner.Password);

    /// <summary>Reads the names from an installation.</summary>
    /// <exception cref="InstallationFileException">A login is missing, or the two differ in their database.</exception>
    public static PostgresNames Of(PostgresSettings settings)
    {
        var (relay, owner) = ("Postgres:ConnectionString", "Postgres:OwnerConnectionString");
        var database = Login.ParsePostgres(relay, settings.ConnectionString).Database;
        var owned = Login.ParsePostgres(owner, settings.OwnerConnectionString).Database;
        return string.IsNullOrEmpty(database) || database != owned
            ? throw new InstallationFileException($"{relay} and {owner} must name the same Database.")
            : new(database, Login.OfPostgres(relay, settings.ConnectionString), Login.OfPostgres(owner, settings.OwnerConnectionString));
    }

    /// <summary>Returns SQL with the names filled in, as quoted identifiers and literals.</summary>
    public string Fill(string sql)
    {
        foreach (var (token, value) in Values)
        {
            sql = sql.Replace($"\"{{{token}}}\"", Identifier(value), StringComparison.Ordinal)
                .Replace($"'{{{token}}}'", Literal(value), StringComparison.Ordinal);
        }

        return sql.Replace("{install}", OutboxSchema.InstallScript.Trim().TrimEnd(';') + ";", StringComparison.Ordinal);
    }

    /// <summary>Returns a title with the names filled in.</summary>
    public string Describe(string title) => Values.Aggregate(
        title, (text, value) => text.Replace($"{{{value.Token}}}", value.Text.ReplaceLineEndings(" "), StringComparison.Ordinal));

    /// <summary>Returns a quoted identifier.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private (string Token, string Text)[] Values =>
    [
        ("relay_verifier", RelayVerifier),
        ("owner_verifier", OwnerVerifier),
        ("version", OutboxSchema.Version.ToString(CultureInfo.InvariantCulture)),
        ("database", Database),
        ("relay", Relay.User),
        ("owner", Owner.User),
    ];
}
