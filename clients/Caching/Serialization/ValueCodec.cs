using System.Buffers;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace LastMile.Events.Caching.Serialization;

/// <summary>
/// Converts values to bytes and back with the serializers that are registered for <see cref="HybridCache"/>: the one for the type, or the
/// factory that was added last. Thread-safe.
/// </summary>
internal sealed class ValueCodec(IServiceProvider services)
{
    private readonly IHybridCacheSerializerFactory[] factories = [.. services.GetServices<IHybridCacheSerializerFactory>().Reverse()];
    private readonly ConcurrentDictionary<Type, object> serializers = new();

    /// <summary>Returns whether all callers may share a value of a type.</summary>
    public static bool IsImmutable<T>() => Immutability<T>.Holds;

    /// <summary>Serializes a value.</summary>
    /// <exception cref="InvalidOperationException">No serializer is registered for the type.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SerializerOf<T>().Serialize(value, buffer);
        // Without the buffer's unused end.
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Returns the form of a value that this process keeps.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bytes">The serialized value.</param>
    public static StoredValue Store<T>(T value, ReadOnlyMemory<byte> bytes) =>
        IsImmutable<T>() ? new SharedValue<T>(value, bytes.Length) : new SerializedValue<T>(bytes);

    /// <summary>Returns the form of a serialized value that this process keeps.</summary>
    /// <param name="bytes">The serialized value.</param>
    /// <param name="stored">The form that this process keeps.</param>
    /// <param name="failure">Why the bytes can't be deserialized.</param>
    /// <returns>Whether the bytes can be deserialized.</returns>
    public bool TryStore<T>(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out StoredValue? stored, [NotNullWhen(false)] out Exception? failure)
    {
        (stored, failure) = (null, null);
        try
        {
            var value = Deserialize<T>(bytes);
            stored = IsImmutable<T>() ? new SharedValue<T>(value, bytes.Length) : new SerializedValue<T>(bytes, value);
            return true;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            failure = thrown;
            return false;
        }
    }

    /// <summary>Returns a value for one caller.</summary>
    /// <returns>Whether the stored value has this type.</returns>
    public bool TryRead<T>(StoredValue stored, [MaybeNullWhen(false)] out T value)
    {
        switch (stored)
        {
            case SharedValue<T> shared:
                value = shared.Value;
                return true;
            case SerializedValue<T> serialized:
                if (!serialized.TryTakeCopy(out value))
                    value = Deserialize<T>(serialized.Bytes);
                return true;
            case NoValue when default(T) is null:
                value = default!;
                return true;
            default:
                value = default;
                return false;
        }
    }

    private T Deserialize<T>(ReadOnlyMemory<byte> bytes) => SerializerOf<T>().Deserialize(new ReadOnlySequence<byte>(bytes));

    private IHybridCacheSerializer<T> SerializerOf<T>() => (IHybridCacheSerializer<T>)(serializers.TryGetValue(typeof(T), out var known)
        ? known
        : serializers.GetOrAdd(typeof(T), _ => Find<T>()));

    private IHybridCacheSerializer<T> Find<T>()
    {
        if (services.GetService<IHybridCacheSerializer<T>>() is { } registered)
            return registered;
        foreach (var factory in factories)
        {
            if (factory.TryCreateSerializer<T>(out var created))
                return created;
        }

        throw new InvalidOperationException(
            $"No serializer is registered for {typeof(T)}. Add one with AddSerializer or AddSerializerFactory after AddLastMileCache.");
    }

    private static class Immutability<T>
    {
        // As HybridCache decides: types without references, string, and sealed or value types with [ImmutableObject(true)].
        public static readonly bool Holds = !RuntimeHelpers.IsReferenceOrContainsReferences<T>() || IsImmutable(typeof(T));

        private static bool IsImmutable(Type type)
        {
            var actual = Nullable.GetUnderlyingType(type) ?? type;
            return actual == typeof(string)
                || ((actual.IsValueType || (actual.IsClass && actual.IsSealed))
                    && actual.GetCustomAttribute<ImmutableObjectAttribute>() is { Immutable: true });
        }
    }
}
