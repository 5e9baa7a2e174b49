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
