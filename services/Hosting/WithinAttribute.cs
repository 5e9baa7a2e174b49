using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.Hosting;

/// <summary>
/// Bounds a setting. The error names the setting with its section, which the options class defines as its constant <c>Section</c>, and the
/// bounds in the form that docs/operations/settings.md uses.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WithinAttribute : ValidationAttribute
{
    private readonly IComparable least;
    private readonly IComparable most;

    /// <summary>Bounds a number.</summary>
    /// <param name="least">The least value allowed.</param>
    /// <param name="most">The greatest value allowed.</param>
    public WithinAttribute(int least, int most) => (this.least, this.most, Least, Most) = (least, most, $"{least:N0}", $"{most:N0}");

    /// <summary>Bounds a duration.</summary>
    /// <param name="least">The shortest duration allowed, as <see cref="Duration.TryParse"/> reads it.</param>
    /// <param name="most">The longest allowed, in the same form.</param>
    public WithinAttribute(string least, string most) => (this.least, this.most, Least, Most) = (Parse(least), Parse(most), least, most);

    /// <summary>The least value allowed, as text.</summary>
    public string Least { get; }

    /// <summary>The greatest value allowed, as text.</summary>
    public string Most { get; }

    /// <summary>The meaning of 0, such as <c>never</c>, if 0 is allowed in addition to the bounds; null if it is not.</summary>
    public string? Zero { get; set; }

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);
        if ((least.CompareTo(value) <= 0 && most.CompareTo(value) >= 0) || (Zero is not null && value is TimeSpan { Ticks: 0 } or 0))
            return ValidationResult.Success;

        var section = validationContext.ObjectType.GetField("Section")?.GetValue(null);
        var zero = Zero is null ? "" : $", or 0 for {Zero}";
        var text = value is TimeSpan duration ? Duration.Format(duration) : $"{value}";
        return new ValidationResult($"{section}:{validationContext.MemberName} must be {Least} to {Most}{zero}; it is {text}.");
    }

    private static TimeSpan Parse(string text) =>
        Duration.TryParse(text, out var duration) ? duration : throw new ArgumentException($"'{text}' is not a duration.", nameof(text));
}
