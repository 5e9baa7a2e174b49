using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace LastMile.Events.Invalidator.Postgres;

/// <summary>The connection to the database that holds the outbox: section <c>Postgres</c>.</summary>
internal sealed class PostgresOptions : IValidatableObject
{
    public const string Section = "Postgres";

    /// <summary>
    /// The Npgsql connection string of the application's database. Required. The role needs the grants of <c>lastmile.grant_relay</c>, and
    /// REPLICATION for the stream.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) || !Parses(ConnectionString))
        {
            yield return new(
                "Postgres:ConnectionString must be Host=…;Database=…;Username=…;Password=…, "
                    + "as Npgsql reads it; it is missing or invalid.");
        }
        else if (new NpgsqlConnectionStringBuilder(ConnectionString) is { RootCertificate: { Length: > 0 } authority } settings)
        {
            if (!File.Exists(authority))
            {
                yield return new(
                    $"Postgres:ConnectionString sets Root Certificate={authority}, but that file does not exist: "
                        + "set the path of a PEM file of certificates.");
            }

            if (settings.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull))
            {
                yield return new(
                    "Postgres:ConnectionString sets Root Certificate, but its SSL Mode does not verify the server: "
                        + "set SSL Mode=VerifyFull.");
            }
        }
    }

    private static bool Parses(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
