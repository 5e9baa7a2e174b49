using System.ComponentModel.DataAnnotations;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>Which Redis the service works on: section <c>Redis</c>. The Invalidator's is the primary, an agent's is its region's.</summary>
public sealed class RedisOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Redis";

    internal const string CaCertificateSetting = "Redis:CaCertificate";

    /// <summary>The server, in the form of StackExchange.Redis: <c>host:port,user=…,password=…,ssl=true</c>. Required.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// A PEM file of the certificate authority that signs the server's certificate, for TLS (<c>ssl=true</c>). Default none: an authority that the
    /// machine trusts.
    /// </summary>
    public string? CaCertificate { get; set; }

    /// <summary>Stands before every name that LastMile writes. Default <c>lm:</c>; the same for the Invalidator, its agents and the readers of tags.</summary>
    public string KeyPrefix { get; set; } = Redis.RedisKeys.DefaultPrefix;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) || !Parses(ConnectionString))
            yield return new ValidationResult("Redis:ConnectionString must be host:port, with options after commas, as StackExchange.Redis reads it; it is missing or something else.");
        if (string.IsNullOrEmpty(KeyPrefix) || KeyPrefix.Any(char.IsControl))
            yield return new ValidationResult("Redis:KeyPrefix must be a short text without control characters, such as 'lm:'.");
        foreach (var error in ValidateAuthority())
            yield return error;
    }

    private IEnumerable<ValidationResult> ValidateAuthority()
    {
        if (string.IsNullOrEmpty(CaCertificate))
            yield break;
        if (CustomCaValidator.Problem(CaCertificateSetting, CaCertificate) is { } problem)
            yield return new ValidationResult(problem);
        if (Parses(ConnectionString) && !ConfigurationOptions.Parse(ConnectionString).Ssl)
            yield return new ValidationResult($"{CaCertificateSetting} is set and TLS is not: add ssl=true to Redis:ConnectionString, or take {CaCertificateSetting} away.");
    }

    private static bool Parses(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
