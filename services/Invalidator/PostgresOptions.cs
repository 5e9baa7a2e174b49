using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>Where the outbox is: section <c>Postgres</c>.</summary>
internal sealed class PostgresOptions : IValidatableObject
{
    public const string Section = "Postgres";

    /// <summary>The application's database, in the form of Npgsql. Required. The role needs <c>lastmile.grant_relay</c>, and REPLICATION for the stream.</summary>
    public string ConnectionString { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) || !Parses(ConnectionString))
            yield return new("Postgres:ConnectionString must be Host=…;Database=…;Username=…;Password=…, as Npgsql reads it; it is missing or something else.");
        else if (new NpgsqlConnectionStringBuilder(ConnectionString) is { RootCertificate: { Length: > 0 } authority } settings)
        {
            if (!File.Exists(authority))
                yield return new($"Postgres:ConnectionString names the Root Certificate {authority}, and there is no such file: it must be a PEM file of certificates.");
            if (settings.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull))
                yield return new("Postgres:ConnectionString names a Root Certificate that nothing is compared with: add SSL Mode=VerifyFull.");
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
