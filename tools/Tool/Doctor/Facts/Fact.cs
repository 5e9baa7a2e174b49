namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>A value that was read from a part, or the reason why it could not be read.</summary>
/// <typeparam name="T">The value's type.</typeparam>
internal sealed record Fact<T>
{
    private readonly T? value;

    private Fact(T? value, string? missing) => (this.value, Missing) = (value, missing);

    /// <summary>Why the value is unknown, as a sentence; null if it is known.</summary>
    public string? Missing { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The value is unknown.</exception>
    public T Value => Missing is null ? value! : throw new InvalidOperationException(Missing);

    /// <summary>Returns a known value.</summary>
    public static Fact<T> Known(T value) => new(value, null);

    /// <summary>Returns an unknown value.</summary>
    /// <param name="reason">Why it is unknown, as a sentence.</param>
    public static Fact<T> Unknown(string reason) => new(default, reason);
}
