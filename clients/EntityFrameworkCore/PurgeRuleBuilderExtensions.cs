using System.Linq.Expressions;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Declares on an entity the keys and tags that a change of it purges from every region's cache.</summary>
/// <remarks>
/// <para>
/// A template is literal text with property names in braces, such as <c>product:{Id}</c>; <c>{{</c> and <c>}}</c> are literal braces. A
/// value has the text form of its database column (UTC and ISO 8601 for dates and times). With a value converter, that is the stored value,
/// so an enum stored as a number shows the number. A key with a null value is left out. A template that can't be rendered is an error when
/// the model is built. Events name the entity by the short name of its class, or by the name that <c>HasPurgeName</c> sets.
/// </para>
/// <para>
/// Dots separate the parts of a path: <c>{Address.City}</c> is a property of an owned or complex type, and <c>{Product.Slug}</c> is a
/// property of a referenced entity, one step away, which the capture looks up when a row changes. A change of <em>that</em> entity fires
/// only the rules declared on it.
/// </para>
/// <para>
/// A table is captured once, with the combined rules of all types in it. In a hierarchy, a rule fires for every change of a table that may
/// hold rows of its type. With one table for all types (TPH), a derived type's rule also fires for rows of its siblings if its placeholders
/// have values; then it drops a key that no reader caches, which is harmless. With a table per type (TPT), a rule applies to each table
/// that the row is spread over, and the capture looks up values in the other tables by primary key; a rule that needs only its type's own
/// table and the key is the cheapest. With a table per concrete type (TPC), a base type's rule applies to each table. Events of all tables
/// of a hierarchy name the root type; those of a shared table name the type that the others depend on.
/// </para>
/// </remarks>
public static class PurgeRuleBuilderExtensions
{
    /// <summary>Drops a key when the entity changes. If a property in the key changes, the old and the new key are dropped.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="template">The key, such as <c>product:slug:{Slug}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> PurgesKey<TEntity>(this EntityTypeBuilder<TEntity> entity, string template)
        where TEntity : class
    {
        PurgesKey((EntityTypeBuilder)entity, template);
        return entity;
    }

    /// <inheritdoc cref="PurgesKey{TEntity}" />
    public static EntityTypeBuilder PurgesKey(this EntityTypeBuilder entity, string template) =>
        Declare(entity, PurgeRuleAnnotations.Keys, template);

    /// <summary>
    /// Purges a tag when the entity changes, which makes every cache entry with the tag stale. If a property in the tag changes, the old
    /// and the new tag are purged.
    /// </summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="template">The tag, such as <c>category:{CategoryId}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> PurgesTag<TEntity>(this EntityTypeBuilder<TEntity> entity, string template)
        where TEntity : class
    {
        PurgesTag((EntityTypeBuilder)entity, template);
        return entity;
    }

    /// <inheritdoc cref="PurgesTag{TEntity}" />
    public static EntityTypeBuilder PurgesTag(this EntityTypeBuilder entity, string template) =>
        Declare(entity, PurgeRuleAnnotations.Tags, template);

    /// <summary>Ignores updates of only these properties: they purge nothing. Use it for properties that no cached value shows.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="properties">The properties, such as <c>p => p.Views</c> and <c>c => c.Address.Note</c>.</param>
    /// <exception cref="ArgumentException">An expression is not a chain of properties.</exception>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> IgnoresChangesTo<TEntity>(
        this EntityTypeBuilder<TEntity> entity,
        params Expression<Func<TEntity, object?>>[] properties)
        where TEntity : class =>
        IgnoresChangesTo(entity, [.. properties.Select(PropertyExpression.NameOf)]);

    /// <inheritdoc cref="IgnoresChangesTo{TEntity}(EntityTypeBuilder{TEntity}, Expression{Func{TEntity, object}}[])" />
    /// <param name="entity">The entity's builder.</param>
    /// <param name="properties">The names of the properties, for example of shadow properties.</param>
    public static EntityTypeBuilder<TEntity> IgnoresChangesTo<TEntity>(this EntityTypeBuilder<TEntity> entity, params string[] properties)
        where TEntity : class
    {
        IgnoresChangesTo((EntityTypeBuilder)entity, properties);
        return entity;
    }

    /// <inheritdoc cref="IgnoresChangesTo{TEntity}(EntityTypeBuilder{TEntity}, string[])" />
    public static EntityTypeBuilder IgnoresChangesTo(this EntityTypeBuilder entity, params string[] properties) =>
        Declare(entity, PurgeRuleAnnotations.Ignored, properties);

    /// <summary>
    /// Makes a change that can't be captured fail, together with its transaction. By default the change succeeds, is recorded, and purges
    /// the entity's tag.
    /// </summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> CapturesStrictly<TEntity>(this EntityTypeBuilder<TEntity> entity)
        where TEntity : class
    {
        CapturesStrictly((EntityTypeBuilder)entity);
        return entity;
    }

    /// <inheritdoc cref="CapturesStrictly{TEntity}" />
    public static EntityTypeBuilder CapturesStrictly(this EntityTypeBuilder entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.DeclareStrict(entity.Metadata);
        return entity;
    }

    /// <summary>
    /// Sets the entity's name in purge rules and messages. The default is the short name of its class, which classes in other namespaces
    /// and tables in other schemas may share.
    /// </summary>
    /// <remarks>
    /// The name is also the tag of all rows of the entity; readers get it from
    /// <see cref="CacheKeyDbContextExtensions.EntityTag{TEntity}"/>. Two entity types that share a name by accident are an error when the
    /// model is built; if they are one entity on purpose, declare the same name on both. In a hierarchy, declare it on the root; in a
    /// shared table, on the type that the others depend on.
    /// </remarks>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="name">The name, such as <c>shop_a.Product</c>.</param>
    /// <exception cref="ArgumentException">The name is empty or contains a control character.</exception>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> HasPurgeName<TEntity>(this EntityTypeBuilder<TEntity> entity, string name)
        where TEntity : class
    {
        HasPurgeName((EntityTypeBuilder)entity, name);
        return entity;
    }

    /// <inheritdoc cref="HasPurgeName{TEntity}" />
    public static EntityTypeBuilder HasPurgeName(this EntityTypeBuilder entity, string name)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.DeclareName(entity.Metadata, name);
        return entity;
    }

    private static EntityTypeBuilder Declare(EntityTypeBuilder entity, string annotation, params string[] declared)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.Declare(entity.Metadata, annotation, declared);
        return entity;
    }
}
