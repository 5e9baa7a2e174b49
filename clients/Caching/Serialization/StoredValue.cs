using System.Diagnostics.CodeAnalysis;

namespace LastMile.Events.Caching.Serialization;

/// <summary>A value in a form that callers can't change: an immutable object, or the bytes of a mutable one.</summary>
/// <param name="length">The number of bytes of the serialized value.</param>
internal abstract class StoredValue(int length)
{
    /// <summary>The number of bytes of the serialized value.</summary>
    public int Length { get; } = length;
}

/// <summary>An object that all callers share.</summary>
internal sealed class SharedValue<T>(T value, int length) : StoredValue(length)
{
    public T Value { get; } = value;
}

/// <summary>The answer that the source has no value.</summary>
internal sealed class NoValue() : StoredValue(0);

/// <summary>The bytes of an object. Each caller deserializes its own copy.</summary>
internal sealed class SerializedValue<T>(ReadOnlyMemory<byte> bytes) : StoredValue(bytes.Length)
{
    private T? copy;
    private int copies;

    /// <summary>Keeps a copy for the first caller.</summary>
    public SerializedValue(ReadOnlyMemory<byte> bytes, T copy)
        : this(bytes) => (this.copy, copies) = (copy, 1);

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>Takes the copy.</summary>
    /// <returns>Whether there was one that no other caller has taken.</returns>
    public bool TryTakeCopy([MaybeNullWhen(false)] out T taken)
    {
        taken = default;
        if (Interlocked.Exchange(ref copies, 0) == 0)
            return false;
        (taken, copy) = (copy!, default);
        return true;
    }
}
